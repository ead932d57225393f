fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut left: Vec<usize> = (1..=numbers[0]).collect();
    while !left.is_empty() {
        let is_free = |task: &usize| !numbers[2..].chunks(2).any(|rule| rule[1] == *task && left.contains(&rule[0]));
        let i = left.iter().position(is_free).unwrap(); // fails if the rules form a cycle
        print!("{} ", left.remove(i));
    }
}
