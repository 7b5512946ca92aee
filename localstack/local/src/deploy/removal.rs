//! Removes what was deployed: the stack, what outlives it, the uploaded files and the secret.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_cloudformation::{
    error::ProvideErrorMetadata,
    types::{Output, Stack},
};
use aws_sdk_dynamodb::operation::delete_table::DeleteTableError;
use aws_sdk_secretsmanager::operation::delete_secret::DeleteSecretError;
use tokio::time;

use super::{BUCKET, PATIENCE, SECRET, STACK, describe, reasons};
use crate::aws::Clients;

/// Removes the Spotify credentials, if they are there.
pub async fn remove_secret(clients: &Clients) -> Result<()> {
    let removed =
        clients.secrets.delete_secret().secret_id(SECRET).force_delete_without_recovery(true).send();
    match removed.await {
        Err(error)
            if !error.as_service_error().is_some_and(DeleteSecretError::is_resource_not_found_exception) =>
        {
            Err(error).context("the secret with the Spotify credentials could not be removed")
        }
        _ => Ok(()),
    }
}

/// Removes everything that was put on an emulator which goes on.
pub async fn clear(clients: &Clients) -> Result<()> {
    // First what must not stay, whatever becomes of the rest.
    remove_secret(clients).await?;
    remove(clients).await?;
    remove_bucket(clients, BUCKET).await
}

/// Removes the stack when there is one, with its tables and snapshots, and waits until it is gone.
pub async fn remove(clients: &Clients) -> Result<()> {
    let Some(stack) = describe(clients).await? else { return Ok(()) };
    clients
        .cloudformation
        .delete_stack()
        .stack_name(STACK)
        .send()
        .await
        .context("the stack of an earlier command could not be removed")?;
    let deadline = time::Instant::now() + PATIENCE;
    while let Some(stack) = describe(clients).await? {
        match stack.stack_status().map_or("", |status| status.as_str()) {
            "DELETE_COMPLETE" => break,
            "DELETE_FAILED" => bail!(
                "the stack of an earlier command cannot be removed; start a fresh emulator:\n{}",
                reasons(clients, &stack).await
            ),
            _ if time::Instant::now() > deadline => {
                bail!("removing the stack of an earlier command takes too long")
            }
            _ => time::sleep(Duration::from_millis(250)).await,
        }
    }
    // The bucket of the snapshots outlives the stack.
    let outputs = stack.outputs().iter();
    let bucket =
        outputs.filter(|it| it.output_key() == Some("SnapshotBucket")).find_map(Output::output_value);
    if let Some(bucket) = bucket {
        remove_bucket(clients, bucket).await?;
    }
    remove_tables(clients, &stack).await
}

/// Removes a bucket with all that is in it, if it is there.
async fn remove_bucket(clients: &Clients, bucket: &str) -> Result<()> {
    let mut objects = clients.s3.list_objects_v2().bucket(bucket).into_paginator().send();
    while let Some(page) = objects.next().await {
        match page {
            Ok(page) => {
                for key in page.contents().iter().filter_map(|object| object.key()) {
                    let deleted = clients.s3.delete_object().bucket(bucket).key(key).send().await;
                    deleted.with_context(|| {
                        format!("{key} of an earlier command stays in the bucket {bucket}")
                    })?;
                }
            }
            Err(error) if error.code() == Some("NoSuchBucket") => return Ok(()),
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("the bucket {bucket} of an earlier command stays"));
            }
        }
    }
    let deleted = clients.s3.delete_bucket().bucket(bucket).send().await;
    deleted.map(drop).with_context(|| format!("the bucket {bucket} of an earlier command stays"))
}

/// Removes the tables of a stack, which outlive it.
async fn remove_tables(clients: &Clients, stack: &Stack) -> Result<()> {
    let tables =
        stack.outputs().iter().filter(|it| it.output_key().is_some_and(|key| key.ends_with("Table")));
    for table in tables.filter_map(Output::output_value) {
        match clients.dynamodb.delete_table().table_name(table).send().await {
            Ok(_) => {}
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteTableError::is_resource_not_found_exception) => {}
            Err(error) => {
                return Err(error).with_context(|| format!("the table {table} of an earlier command stays"));
            }
        }
    }
    Ok(())
}
