fn next(order: &mut [i32]) -> bool {
    let Some(i) = (1..order.len()).rev().find(|&i| order[i - 1] < order[i]) else { return false };
    let j = (i..order.len()).rev().find(|&j| order[j] > order[i - 1]).unwrap();
    order.swap(i - 1, j);
    order[i..].reverse();
    true
}

fn main() {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text).unwrap();
    let mut order: Vec<i32> = (1..=text.trim().parse().unwrap()).collect();
    loop {
        if order.windows(2).all(|pair| (pair[0] - pair[1]).abs() > 1) {
            let words: Vec<String> = order.iter().map(|x| x.to_string()).collect();
            return println!("{}", words.join(" "));
        }
        if !next(&mut order) {
            return println!("impossible");
        }
    }
}
