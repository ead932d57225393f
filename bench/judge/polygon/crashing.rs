fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().skip(1).map(|word| word.parse().unwrap()).collect();
    let corners: Vec<&[f64]> = numbers.chunks(2).collect();
    let mut previous = corners[corners.len() - 1]; // fails if there are no corners
    let (mut area, mut perimeter) = (0.0, 0.0);
    for corner in corners {
        area += previous[0] * corner[1] - corner[0] * previous[1];
        perimeter += (previous[0] - corner[0]).hypot(previous[1] - corner[1]);
        previous = corner;
    }
    println!("{} {}", f64::abs(area) / 2.0, perimeter);
}
