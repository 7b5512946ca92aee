"""Prints the IAM policy for deploying infra/template.yaml: infra/deployer-policy.json.

CloudFormation's resource schemas, which cfn-lint ships, list the calls of each resource type's handler. This script collects
those of the types in the template and leaves out what the template never uses. `cargo local test` compares its output with
the file, so that no action is added or kept unnoticed.

    python infra/deployer_policy.py > infra/deployer-policy.json
"""

import json
import pathlib

import cfnlint
from cfnlint.decode import cfn_yaml

SCHEMAS = pathlib.Path(cfnlint.__file__).parent / "data/schemas"
TEMPLATE = pathlib.Path(__file__).with_name("template.yaml")

# The resource types that SAM creates for a function and its deployment.
SAM = {
    "AWS::Serverless::Function": ["AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"],
    "AWS::Lambda::Alias": ["AWS::CodeDeploy::Application", "AWS::CodeDeploy::DeploymentGroup"],
}

# Calls for features that the template does not use: services first, then single actions. Only buckets need
# S3.
UNUSED_SERVICES = {"ec2", "elasticfilesystem", "s3files", "s3tables", "kinesis", "firehose", "lakeformation"}
UNUSED_PARTS = [
    "CodeSigning", "FunctionScaling", "ProvisionedConcurrency", "LayerVersion", "CapacityProvider", "RuntimeAlias",
    "ContributorInsights", "KinesisStreaming", "TableReplica", "Import", "DataProtectionPolicy", "IndexPolic",
    "BearerToken", "LogGroupDeletionProtection", "OnPremises", "ApplicationRevision", "CreateConnection", "GetConnection",
    "UpdateConnection", "DeleteConnection", "PassConnection", "SchemaVersion",
    "Accelerate", "Analytics", "Abac", "BucketAcl", "ObjectAcl", "CORS", "Cors", "BucketLogging", "BucketMetadata",
    "BucketNotification", "ObjectLock", "BucketReplication", "ReplicationConfiguration", "Website", "IntelligentTiering",
    "InventoryConfiguration", "MetricsConfiguration", "BucketVersioning",
]
UNUSED_ACTIONS = {
    # Table items: a deployment neither reads nor writes them.
    *[f"dynamodb:{action}Item" for action in ("Get", "Put", "Update", "Delete", "BatchWrite")],
    "dynamodb:Query", "dynamodb:Scan", "dynamodb:GetResourcePolicy", "dynamodb:PutResourcePolicy",
    "dynamodb:DeleteResourcePolicy", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents",
    "iam:CreateServiceLinkedRole", "billing:GetBillingViewData", "kms:ListAliases", "s3:DeleteObject",
}

# Calls that the schemas omit: delivery of the API's access logs, `sam deploy` itself, and the roll-back of a
# canary deployment.
MORE = [
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    "cloudformation:CreateChangeSet", "cloudformation:DescribeChangeSet", "cloudformation:ExecuteChangeSet",
    "cloudformation:DeleteChangeSet", "cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResources", "cloudformation:ListStackResources", "cloudformation:GetTemplate",
    "cloudformation:GetTemplateSummary", "cloudformation:CreateStack", "cloudformation:DeleteStack",
    "s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutBucketTagging", "s3:PutBucketVersioning", "s3:PutBucketPublicAccessBlock",
    "s3:PutEncryptionConfiguration", "s3:GetBucketPolicy", "s3:PutObject", "s3:GetObject", "s3:ListBucket",
    "s3:GetBucketLocation", "codedeploy:ContinueDeployment",
]

# The resources for each service's actions. The account is the one in AWS's documentation; replace it with
# yours, and `fermata` with your stack's name. With ShortNames, the functions and their logs have other names.
ACCOUNT, STACK, REGION = "111122223333", "fermata", "*"


def arn(service, resource, region=REGION, account=ACCOUNT):
    return f"arn:aws:{service}:{region}:{account}:{resource}"


RESOURCES = {
    "athena": [arn("athena", f"workgroup/{STACK}")],
    "apigateway": [arn("apigateway", "/apis", account=""), arn("apigateway", "/apis/*", account=""),
                   arn("apigateway", "/tags/*", account="")],
    "budgets": [arn("budgets", f"budget/{STACK}", region="")],
    "cloudformation": [arn("cloudformation", f"stack/{STACK}/*"),
                       arn("cloudformation", "stack/aws-sam-cli-managed-default/*"),
                       arn("cloudformation", "transform/Serverless-2016-10-31", account="aws")],
    "cloudwatch": [arn("cloudwatch", f"alarm:{STACK}-*"), arn("cloudwatch", f"dashboard/{STACK}", region="")],
    "codedeploy": [arn("codedeploy", f"application:{STACK}-*"), arn("codedeploy", f"deploymentgroup:{STACK}-*"),
                   arn("codedeploy", "deploymentconfig:*")],
    "dynamodb": [arn("dynamodb", f"table/{STACK}-*")],
    "glue": [arn("glue", "catalog"), arn("glue", f"database/{STACK}"), arn("glue", f"table/{STACK}/*")],
    "iam": [arn("iam", f"role/{STACK}-*", region="")],
    "lambda": [arn("lambda", f"function:{STACK}-*"), arn("lambda", "event-source-mapping:*")],
    "logs": [arn("logs", f"log-group:/aws/lambda/{STACK}-*"), arn("logs", f"log-group:/aws/apigateway/{STACK}-*")],
    "s3": ["arn:aws:s3:::aws-sam-cli-managed-default-*", f"arn:aws:s3:::{STACK}-snapshots-*"],
    "scheduler": [arn("scheduler", f"schedule-group/{STACK}"), arn("scheduler", f"schedule/{STACK}/*")],
    "sns": [arn("sns", f"{STACK}-alarms")],
    "sqs": [arn("sqs", f"{STACK}-*")],
}

# Actions that IAM does not support for single resources.
EVERYWHERE = {
    "cloudformation:GetTemplateSummary", "lambda:CreateEventSourceMapping", "lambda:ListEventSourceMappings",
    "lambda:ListFunctions", "dynamodb:ListTables", "sqs:ListQueues", "sns:ListTopics", "iam:ListRoles",
    "scheduler:ListSchedules", "scheduler:ListScheduleGroups", "cloudwatch:ListDashboards", "cloudwatch:DescribeAlarms",
    "codedeploy:ListApplications", "sns:Unsubscribe", "logs:DescribeLogGroups", "logs:CreateLogDelivery",
    "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
    "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DeleteResourcePolicy", "logs:PutQueryDefinition",
    "logs:DeleteQueryDefinition", "logs:DescribeQueryDefinitions", "codedeploy:ContinueDeployment",
    "codedeploy:StopDeployment", "s3:ListAllMyBuckets", "athena:ListWorkGroups",
}


def types():
    """The resource types that the template creates."""
    wanted = {resource["Type"] for resource in cfn_yaml.load(str(TEMPLATE))["Resources"].values()}
    for serverless, made in SAM.items():
        if serverless in wanted:
            wanted |= set(made)
    return sorted(wanted - {"AWS::Serverless::Function"})


def called(kind):
    """The actions that the handlers of a resource type call."""
    index = json.loads((SCHEMAS / "providers/us-east-1.json").read_text())
    schema = json.loads((SCHEMAS / f"resources/{index[kind]}.json").read_text())
    return {action for handler in schema["handlers"].values() for action in handler["permissions"]}


def is_used(kind, action):
    service, name = action.split(":")
    return not (
        service in UNUSED_SERVICES or service == "s3" and not kind.startswith("AWS::S3::") or action in UNUSED_ACTIONS or any(part in name for part in UNUSED_PARTS)
    )


def statements(actions):
    keys = sorted(action for action in actions if action.startswith("kms:"))
    passed = {"iam:PassRole"}
    rest = actions - set(keys) - passed - EVERYWHERE
    for service in sorted(RESOURCES):
        of_service = sorted(action for action in rest if action.startswith(f"{service}:"))
        if of_service:
            yield {"Sid": service.capitalize(), "Effect": "Allow", "Action": of_service, "Resource": RESOURCES[service]}
        rest -= set(of_service)
    if rest:
        raise SystemExit(f"no resource is known for {sorted(rest)}")
    yield {
        "Sid": "Everywhere", "Effect": "Allow", "Action": sorted(actions & EVERYWHERE), "Resource": "*",
    }
    yield {
        "Sid": "PassRolesOfTheStack", "Effect": "Allow", "Action": "iam:PassRole", "Resource": RESOURCES["iam"],
        "Condition": {"StringEquals": {"iam:PassedToService": [
            "lambda.amazonaws.com", "scheduler.amazonaws.com", "codedeploy.amazonaws.com"]}},
    }
    # Only with KeyArn. Name that key instead of the star.
    yield {
        "Sid": "OnlyWithKeyArn", "Effect": "Allow", "Action": keys, "Resource": arn("kms", "key/*"),
        "Condition": {"StringLike": {"kms:ViaService": [
            "dynamodb.*.amazonaws.com", "lambda.*.amazonaws.com", "logs.*.amazonaws.com", "s3.*.amazonaws.com",
            "sqs.*.amazonaws.com"]}},
    }


def policy():
    actions = {action for kind in types() for action in called(kind) if is_used(kind, action)}
    return {"Version": "2012-10-17", "Statement": list(statements(actions | set(MORE)))}


if __name__ == "__main__":
    print(json.dumps(policy(), indent=2))
