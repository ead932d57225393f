fn best(node: usize, edges: &[Vec<(usize, i64)>], on_way: &mut Vec<bool>) -> Option<i64> {
    if node == edges.len() - 1 {
        return Some(0);
    }
    on_way[node] = true;
    let mut shortest: Option<i64> = None;
    for &(to, length) in &edges[node] {
        if !on_way[to] {
            if let Some(rest) = best(to, edges, on_way) {
                shortest = Some(shortest.unwrap_or(i64::MAX).min(length + rest));
            }
        }
    }
    on_way[node] = false;
    shortest
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let numbers: Vec<i64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let mut edges = vec![vec![]; numbers[0] as usize + 1];
    for edge in numbers[2..].chunks(3) {
        edges[edge[0] as usize].push((edge[1] as usize, edge[2]));
    }
    let mut on_way = vec![false; edges.len()];
    println!("{}", best(1, &edges, &mut on_way).unwrap_or(-1));
}
