struct Node {
    count: usize,
    next: [Option<Box<Node>>; 256], // one entry for every byte, although few occur
}

impl Node {
    fn new() -> Box<Node> {
        Box::new(Node { count: 0, next: [const { None }; 256] })
    }
}

fn main() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let n: usize = lines[0].split(' ').next().unwrap().parse().unwrap();
    let mut root = Node::new();
    for word in &lines[1..=n] {
        let mut node = &mut root;
        node.count += 1;
        for byte in word.bytes() {
            node = node.next[byte as usize].get_or_insert_with(Node::new);
            node.count += 1;
        }
    }
    for prefix in &lines[n + 1..] {
        let found = prefix.bytes().try_fold(&root, |node, byte| node.next[byte as usize].as_ref());
        println!("{}", found.map_or(0, |node| node.count));
    }
}
