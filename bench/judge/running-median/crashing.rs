fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let mut sorted = vec![numbers[0]]; // fails if n is 0
    println!("{}", sorted[0]);
    for x in &numbers[1..] {
        let at = sorted.partition_point(|y| y < x);
        sorted.insert(at, *x);
        println!("{}", sorted[(sorted.len() - 1) / 2]);
    }
}
