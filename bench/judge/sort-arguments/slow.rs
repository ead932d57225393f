fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let mut seed: usize = 1;
    while !args.is_sorted() {
        for i in (1..args.len()).rev() {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            args.swap(i, (seed >> 33) % (i + 1));
        }
    }
    args.iter().for_each(|arg| println!("{arg}"));
    println!("{}", args.len());
}
