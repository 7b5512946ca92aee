"""How Fermata runs its emulators.

`ministack` and `localstack` are the programs that the command starts, with a `guard` before either. The rest makes
LocalStack run without Docker:

- `executor` runs functions as processes of this machine, each in a `sandbox` that serves it the `runtime_api`;
- `dynamodb` keeps tables in moto instead of DynamoDB Local, which would need Java;
- `server` listens on this machine's own address only, behind the guard.
"""
