fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let (target, sorted) = (numbers[1], &numbers[2..]);
    let mut pairs = 0;
    for (i, x) in sorted.iter().enumerate() {
        let before = &sorted[..i];
        pairs += before.partition_point(|y| x + y <= target) - before.partition_point(|y| x + y < target);
    }
    println!("{pairs}");
}
