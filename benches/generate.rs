//! Writes a generated knowledge base, for measuring: `cargo run --release --example generate -- DIR PAPERS`.

mod generated;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().expect("a folder");
    let papers = arguments.next().and_then(|papers| papers.parse().ok()).expect("a number of papers");
    for (path, text) in generated::knowledge_base(papers) {
        let path = std::path::Path::new(&folder).join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the folder"))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}
