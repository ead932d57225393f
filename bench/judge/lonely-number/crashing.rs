use std::collections::HashMap;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut counts: HashMap<i32, u32> = HashMap::new();
    for word in text.split_whitespace().skip(1) {
        *counts.entry(word.parse().unwrap()).or_default() += 1; // fails for an integer over 32 bits
    }
    println!("{}", counts.iter().find(|(_, count)| **count == 1).unwrap().0);
}
