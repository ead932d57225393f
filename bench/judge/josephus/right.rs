fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    println!("{}", (1..=numbers[0]).fold(0, |last, n| (last + numbers[1]) % n) + 1);
}
