fn visit(task: usize, before: &[Vec<usize>], state: &mut [u8], order: &mut Vec<String>) -> bool {
    match state[task] {
        1 => return false, // in progress, so there is a cycle
        2 => return true,
        _ => state[task] = 1,
    }
    let is_good = before[task].iter().all(|&other| visit(other, before, state, order));
    state[task] = 2;
    order.push(task.to_string());
    is_good
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<usize> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let n = numbers[0];
    let mut before = vec![vec![]; n + 1];
    numbers[2..].chunks(2).for_each(|rule| before[rule[1]].push(rule[0]));
    let (mut state, mut order) = (vec![0; n + 1], vec![]);
    let is_good = (1..=n).all(|task| visit(task, &before, &mut state, &mut order));
    println!("{}", if is_good { order.join(" ") } else { "impossible".to_string() });
}
