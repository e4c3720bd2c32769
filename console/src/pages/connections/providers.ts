// What is known of each provider.
import { get } from "../../api/client";
import { useQuery } from "../../api/query";
import type { Page, Provider } from "../../api/types";

export interface Providers {
  list: Provider[];
  find: (id: string) => Provider | undefined;
  label_of: (id: string) => string;
}

export function useProviders(): Providers {
  const list = useQuery("providers", (signal) =>
    get<Page<Provider>>("/v1/providers", {}, signal)).data?.data ?? [];
  const find = (id: string) => list.find((one) => one.id === id);
  return { list, find, label_of: (id) => find(id)?.label ?? id };
}
