fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let m: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let n = m[0] as usize;
    let (a, b) = m[1..].split_at(n * n);
    for i in 0..n {
        for j in 0..n {
            let sum: i64 = (0..n).map(|k| b[i * n + k] * a[k * n + j]).sum(); // computes B times A
            print!("{sum} ");
        }
        println!();
    }
}
