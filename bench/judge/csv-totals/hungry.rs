fn name_of(line: &str) -> String {
    let (name, _) = line.rsplit_once(',').unwrap();
    let quoted = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    quoted.map_or(name.to_string(), |inner| inner.replace("\"\"", "\""))
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let mut rests = vec![]; // a copy of the remaining input before every line
    let mut rows: Vec<(String, i64)> = vec![];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        rests.push(text[at..].to_string());
        at += line.len();
        let line = line.trim();
        if line.is_empty() { continue }
        let amount: i64 = line.rsplit_once(',').unwrap().1.parse().unwrap();
        match rows.iter_mut().find(|row| row.0 == name_of(line)) {
            Some(row) => row.1 += amount,
            None => rows.push((name_of(line), amount)),
        }
    }
    rows.iter().for_each(|(name, total)| println!("{total} {name}"));
}
