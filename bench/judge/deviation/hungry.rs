fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    // A matrix of all differences.
    let rows: Vec<Vec<f64>> = numbers.iter().map(|a| numbers.iter().map(|b| a - b).collect()).collect();
    let n = numbers.len() as f64;
    let squares: f64 = rows.iter().flatten().map(|x| x * x).sum();
    println!("{} {}", numbers.iter().sum::<f64>() / n, (squares / 2.0).sqrt() / n);
}
