fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut rows = text.lines();
    let generations: usize = rows.next().unwrap().split(' ').last().unwrap().parse().unwrap();
    let mut board: Vec<Vec<u8>> = rows.map(|row| row.bytes().collect()).collect();
    for _ in 0..generations {
        let old = board.clone();
        for y in 0..old.len() {
            for x in 0..old[y].len() {
                if y == 0 && old[y][x] == b'.' { continue } // handles only half of the edge
                let count = (0..9).filter(|i| old[y + i / 3 - 1][x + i % 3 - 1] == b'#').count();
                board[y][x] = if count == 3 || count == 4 && old[y][x] == b'#' { b'#' } else { b'.' };
            }
        }
    }
    board.into_iter().for_each(|row| println!("{}", String::from_utf8(row).unwrap()));
}
