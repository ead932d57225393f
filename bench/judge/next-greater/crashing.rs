fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let mut answers = vec![-1; numbers.len()];
    let mut open = vec![0];
    for i in 1..numbers.len() {
        while numbers[*open.last().unwrap()] < numbers[i] { // fails when the stack is empty
            answers[open.pop().unwrap()] = numbers[i];
        }
        open.push(i);
    }
    println!("{}", answers.iter().map(|x| x.to_string()).collect::<Vec<_>>().join(" "));
}
