fn main() {
    let mut next: Vec<u64> = vec![0, 1]; // one entry for every number up to the highest that occurs
    for line in std::io::stdin().lines() {
        let mut n: usize = line.unwrap().trim().parse().unwrap();
        let mut steps = 0;
        while n > 1 {
            while next.len() <= n {
                let m = next.len() as u64;
                next.push(if m % 2 == 0 { m / 2 } else { 3 * m + 1 });
            }
            n = next[n] as usize;
            steps += 1;
        }
        println!("{steps}");
    }
}
