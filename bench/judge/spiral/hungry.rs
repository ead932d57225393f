fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let (height, width, cells) = (numbers[0], numbers[1], &numbers[2..]);
    let mut states = vec![vec![false; cells.len()]]; // a copy of the state after every step
    let (mut x, mut y, mut dx, mut dy) = (0, 0, 1, 0);
    while states.len() <= cells.len() {
        let mut taken = states.last().unwrap().clone();
        taken[(y * width + x) as usize] = true;
        print!("{} ", cells[(y * width + x) as usize]);
        let (u, v) = (x + dx, y + dy);
        if u < 0 || u >= width || v < 0 || v >= height || taken[(v * width + u) as usize] {
            (dx, dy) = (-dy, dx);
        }
        (x, y) = (x + dx, y + dy);
        states.push(taken);
    }
    println!();
}
