use std::collections::VecDeque;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<u64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut circle: VecDeque<u64> = (1..=numbers[0]).collect();
    let mut called = vec![]; // keeps everyone who was counted
    while circle.len() > 1 {
        for _ in 1..numbers[1] {
            circle.rotate_left(1);
            called.push([*circle.back().unwrap(); 8]);
        }
        circle.pop_front();
    }
    println!("{}", circle[0] + called.len() as u64 - called.len() as u64);
}
