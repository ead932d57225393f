fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut grid: Vec<Vec<u8>> = text.lines().map(|row| row.bytes().collect()).collect();
    let mut islands = 0;
    for y in 0..grid.len() {
        for x in 0..grid[y].len() {
            let mut stack = if grid[y][x] == b'#' { vec![(x, y)] } else { continue };
            islands += 1;
            while let Some((a, b)) = stack.pop() {
                if grid.get(b).and_then(|row| row.get(a)) == Some(&b'#') {
                    grid[b][a] = b'.';
                    for i in 0..9 { // also joins at corners
                        stack.push(((a + i % 3).wrapping_sub(1), (b + i / 3).wrapping_sub(1)));
                    }
                }
            }
        }
    }
    println!("{islands}");
}
