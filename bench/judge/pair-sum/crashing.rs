use std::collections::HashMap;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let (target, first) = (numbers[1], numbers[2]); // fails if n is 0
    let (mut seen, mut pairs) = (HashMap::from([(first, 1)]), 0);
    for x in &numbers[3..] {
        pairs += seen.get(&(target - x)).unwrap_or(&0);
        *seen.entry(*x).or_insert(0) += 1;
    }
    println!("{pairs}");
}
