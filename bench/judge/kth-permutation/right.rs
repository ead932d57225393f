fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut letters: Vec<char> = ('a'..='t').take(numbers[0] as usize).collect();
    let mut rest = numbers[1] - 1;
    let mut digits = vec![]; // in the factorial number system, least significant first
    for base in 1..=numbers[0] {
        digits.push((rest % base) as usize);
        rest /= base;
    }
    let word: String = digits.into_iter().rev().map(|digit| letters.remove(digit)).collect();
    println!("{}", if rest > 0 { "none" } else { &word });
}
