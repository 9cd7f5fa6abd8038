//! `footlight`: reads the command line, starts the log, and hands over to the command.

use std::error::Error;
use std::process::ExitCode;

use footlight::cli;
use footlight::clock::Clock;
use footlight::config::{Command, CommandLine, Config, LogConfig, LogFormat};
use footlight::telemetry;

#[tokio::main]
async fn main() -> ExitCode {
    match dispatch(CommandLine::read().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn dispatch(command: Command) -> Result<ExitCode, Box<dyn Error>> {
    let clock = Clock::system();
    match command {
        Command::Dev(args) => {
            let config = Config::for_dev(*args)?;
            start_log(&config.log)?;
        }
        Command::Serve(args) => {
            let config = Config::for_serve(*args)?;
            start_log(&config.log)?;
        }
        Command::Migrate(args) => {
            let (_database, log) = args.into_parts();
            start_log(&log)?;
        }
        Command::Schema => {}
        Command::Token(args) => println!("{}", cli::token::token(args, &clock)?),
        Command::Run(args) => return Ok(cli::run::run(args, &clock).await),
    }
    Ok(ExitCode::SUCCESS)
}

fn start_log(log: &LogConfig) -> Result<(), String> {
    match log.format {
        LogFormat::Text => telemetry::text(&log.filter),
        LogFormat::Json => telemetry::json(&log.filter),
    }
    .map_err(|error| format!("RUST_LOG (--rust-log) is no filter: {error}"))
}
