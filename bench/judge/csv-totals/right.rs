use std::collections::HashMap;

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let (mut totals, mut names): (HashMap<String, i64>, Vec<String>) = Default::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let (name, amount) = line.rsplit_once(',').unwrap();
        let name = match name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => name.to_string(),
        };
        if !totals.contains_key(&name) {
            names.push(name.clone());
        }
        *totals.entry(name).or_default() += amount.parse::<i64>().unwrap();
    }
    names.iter().for_each(|name| println!("{} {}", totals[name], name));
}
