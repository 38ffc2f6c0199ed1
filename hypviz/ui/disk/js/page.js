/* The self-contained page: a template that holds the module, the scene and what was made of it. The server fills the same one. */

export const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Poincaré disk</title>
<style>:root { {{theme}} } body { margin: 18px; background: var(--st-background-color, #ffffff); color: var(--st-text-color, #31333f); font-family: system-ui, sans-serif; }</style>
<div id="disk"></div><p id="line" style="opacity:.8;font-size:14px"></p>
<script type="module">{{source}}
standalone(document.getElementById("disk"), "{{scene}}", {{state}});
document.getElementById("line").textContent = {{line}};
</{{script}}></html>`;

/* the template with a value at each {{name}} */
export const fillPage = (values) => PAGE.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => values[name]);

/* a value as it may stand in a script of a page */
export const inScript = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");
