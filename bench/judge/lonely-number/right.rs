fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let bit = |i: u32| numbers.iter().filter(|&x| x >> i & 1 == 1).count() % 3;
    println!("{}", (0..64).fold(0, |sum: i64, i| sum | (bit(i) as i64) << i));
}
