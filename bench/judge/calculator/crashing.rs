fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let (mut values, mut operators): (Vec<i64>, Vec<char>) = (vec![], vec![]);
    let rank = |c: char| "(+-*/".find(c).map_or(0, |i| (i + 1) / 2);
    let apply = |values: &mut Vec<i64>, operator: char| {
        let (b, a) = (values.pop().unwrap(), values.pop().unwrap()); // a sign has no left operand
        values.push(match operator { '+' => a + b, '-' => a - b, '*' => a * b, _ => a / b });
    };
    let mut digits = String::new();
    for c in text.chars().chain(")".chars()) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            values.push(std::mem::take(&mut digits).parse().unwrap());
        }
        if c.is_whitespace() {
            continue;
        }
        while c != '(' && operators.last().is_some_and(|&top| top != '(' && (c == ')' || rank(top) >= rank(c))) {
            apply(&mut values, operators.pop().unwrap());
        }
        if c == ')' { operators.pop(); } else { operators.push(c); }
    }
    println!("{}", values[0]);
}
