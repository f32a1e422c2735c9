//! The command `aiolift`.

fn main() -> std::process::ExitCode {
    aiolift::cli::run()
}
