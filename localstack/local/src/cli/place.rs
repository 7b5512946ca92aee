//! Selects the deployment that a command works on.

use clap::{ArgGroup, Args};

use super::values::address;

/// A deployment of Fermata: the running local stack of this clone, unless an option says otherwise.
#[derive(Args, Clone, Debug, Default)]
#[command(group(ArgGroup::new("elsewhere").args(["endpoint", "aws"])))]
pub struct PlaceArgs {
    /// Use the deployment on the emulator at this address
    #[arg(long, value_name = "URL", value_parser = address, conflicts_with = "aws", help_heading = "Where")]
    pub endpoint: Option<String>,
    /// Use the deployment in your AWS account, with the same credentials as the AWS CLI
    #[arg(long, help_heading = "Where")]
    pub aws: bool,
    /// Profile of your AWS configuration [default: `AWS_PROFILE`, or `default`]
    #[arg(long, value_name = "NAME", requires = "aws", help_heading = "Where")]
    pub profile: Option<String>,
    /// AWS region [default: that of the profile or `AWS_REGION`]
    #[arg(long, value_name = "REGION", requires = "aws", help_heading = "Where")]
    pub region: Option<String>,
    /// Name of the CloudFormation stack; the local stack has only this one
    #[arg(
        long,
        value_name = "NAME",
        default_value = crate::deploy::STACK,
        requires = "elsewhere",
        help_heading = "Where"
    )]
    pub stack_name: String,
}
