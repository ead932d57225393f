fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let mut sets: Vec<(u64, u64)> = vec![(0, 0)]; // every subset with its sum
    for (i, number) in numbers.iter().enumerate() {
        let with: Vec<(u64, u64)> = sets.iter().map(|(set, sum)| (set | 1 << i, sum + number)).collect();
        sets.extend(with);
    }
    let total: u64 = numbers.iter().sum();
    match sets.iter().find(|(_, sum)| 2 * sum == total) {
        Some((set, _)) => (0..numbers.len()).filter(|i| set >> i & 1 == 1).for_each(|i| println!("{}", i + 1)),
        None => println!("impossible"),
    }
}
