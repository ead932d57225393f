fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let mut stack: Vec<i64> = vec![];
    let mut answers: Vec<String> = vec![];
    for &x in numbers.iter().rev() {
        while stack.last().is_some_and(|&top| top <= x) {
            stack.pop();
        }
        answers.push(stack.last().unwrap_or(&-1).to_string());
        stack.push(x);
    }
    answers.reverse();
    println!("{}", answers.join(" "));
}
