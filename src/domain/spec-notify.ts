/**
 * Where people are told. `webhook` and `slack` are addresses, or say where the worker finds one, as `signWith` says where
 * it finds the key: `env:CROSSFADE_NOTIFY_…` or the ARN of a secret in Secrets Manager.
 */
export type NotifySpec =
  { readonly sns: string } | { readonly slack: string } | { readonly webhook: string; readonly signWith?: string };
