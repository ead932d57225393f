fn longest(last: i64, rest: &[i64]) -> usize {
    match rest {
        [] => 0,
        [x, tail @ ..] => {
            let without = longest(last, tail);
            if *x > last { without.max(1 + longest(*x, tail)) } else { without }
        }
    }
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    println!("{}", longest(i64::MIN, &numbers));
}
