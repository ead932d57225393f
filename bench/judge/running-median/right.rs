use std::cmp::Reverse;
use std::collections::BinaryHeap;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let (mut lower, mut upper) = (BinaryHeap::new(), BinaryHeap::new());
    let mut out = String::new();
    for word in text.split_whitespace().skip(1) {
        lower.push(word.parse::<i64>().unwrap());
        upper.push(Reverse(lower.pop().unwrap()));
        if upper.len() > lower.len() {
            lower.push(upper.pop().unwrap().0);
        }
        out += &format!("{}\n", lower.peek().unwrap());
    }
    print!("{out}");
}
