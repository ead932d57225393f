fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let n = numbers[0] as usize;
    let sorted = &numbers[1..=n];
    for x in &numbers[n + 2..] {
        match sorted.get(sorted.partition_point(|y| y <= x)) { // finds more than x, not at least x
            Some(y) => println!("{y}"),
            None => println!("none"),
        }
    }
}
