fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let corners: Vec<&[f64]> = numbers.chunks(2).collect();
    let edges = || corners.iter().zip(corners.iter().cycle().skip(1));
    let area: f64 = edges().map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
    let perimeter: f64 = edges().map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1])).sum();
    println!("{}\n{}", area.abs() / 2.0, perimeter.abs());
}
