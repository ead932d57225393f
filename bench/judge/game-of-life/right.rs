fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut words = text.split_whitespace();
    let mut number = || words.next().unwrap().parse::<usize>().unwrap();
    let (width, height, generations) = (number(), number(), number());
    let mut board = vec![vec![false; width + 2]; height + 2]; // with a frame of dead cells
    for (y, row) in words.enumerate() {
        row.bytes().enumerate().for_each(|(x, square)| board[y + 1][x + 1] = square == b'#');
    }
    for _ in 0..generations {
        let old = board.clone();
        for y in 1..=height {
            for x in 1..=width {
                let count = old[y - 1..=y + 1].iter().flat_map(|row| &row[x - 1..=x + 1]).filter(|&&is| is).count();
                board[y][x] = count == 3 || count == 4 && old[y][x];
            }
        }
    }
    for row in &board[1..=height] {
        println!("{}", row[1..=width].iter().map(|&is| if is { '#' } else { '.' }).collect::<String>());
    }
}
