fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut least = vec![0u32; 1];
    for i in 1..=numbers[0] {
        let options = numbers[1..].iter().filter(|&&coin| coin <= i).map(|coin| least[i - coin]);
        least.push(options.min().unwrap() + 1); // fails if no coin is small enough
    }
    println!("{}", least[numbers[0]]);
}
