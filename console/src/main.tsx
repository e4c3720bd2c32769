import { render } from "preact";
import { App } from "./app";
import { use_language } from "./base/i18n";

await use_language();
render(<App />, document.getElementById("app")!);
