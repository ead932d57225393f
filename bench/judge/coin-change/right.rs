fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let amount = numbers[0];
    let mut least: Vec<Option<u32>> = vec![None; amount + 1];
    least[0] = Some(0);
    for i in 1..=amount {
        least[i] = numbers[1..].iter().filter(|&&coin| coin <= i).filter_map(|coin| least[i - coin]).min().map(|n| n + 1);
    }
    println!("{}", least[amount].map_or(-1, i64::from));
}
