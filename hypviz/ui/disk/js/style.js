/* How the component looks, in the colours of the page around it. */

export const STYLE = `
.hv { --ink: var(--st-text-color, #31333f); --paper: var(--st-background-color, #ffffff); --soft: var(--st-secondary-background-color, #f0f2f6);
  --line: var(--st-border-color, rgba(128,128,128,.35)); --accent: var(--st-primary-color, #0072b2);
  font: 15px/1.4 var(--st-font, system-ui, sans-serif); color: var(--ink); display: grid; grid-template-columns: minmax(0, 1fr) 256px; gap: 12px; outline: none; }
.hv:fullscreen { background: var(--paper); padding: 12px 16px; overflow: hidden; font-size: 18px; grid-template-columns: minmax(0, 1fr) 320px; }
.hv:fullscreen .legend, .hv:fullscreen .chips { font-size: 17px; } .hv:fullscreen .small, .hv:fullscreen table { font-size: 16px; }
@media (min-width: 1700px) { .hv:not(.narrow) { grid-template-columns: minmax(0, 1fr) 320px; } }
.hv .panel { max-height: var(--tall, none); overflow: hidden auto; padding: 2px 4px 2px 2px; scrollbar-width: thin; scrollbar-color: var(--line) transparent;
  background: linear-gradient(var(--paper), var(--paper)) top / 100% 14px no-repeat local, linear-gradient(var(--paper), var(--paper)) bottom / 100% 14px no-repeat local,
    linear-gradient(var(--line), transparent) top / 100% 10px no-repeat scroll, linear-gradient(transparent, var(--line)) bottom / 100% 10px no-repeat scroll; }
.hv:fullscreen .panel, .hv:fullscreen .picture { max-height: calc(100vh - 24px); } .hv:fullscreen .picture { overflow: hidden auto; }
.hv.narrow, .hv.narrow:fullscreen { grid-template-columns: minmax(0, 1fr); } .hv.narrow:fullscreen { overflow: auto; } .hv.narrow .panel, .hv.narrow .picture { max-height: none !important; }
.hv * { box-sizing: border-box; }
.hv .stage { position: relative; width: 100%; touch-action: none; user-select: none; }
.hv canvas.shade, .hv canvas.points, .hv canvas.gl, .hv canvas.over { position: absolute; left: 0; top: 0; width: 100%; height: 100%; }
.hv canvas.over { cursor: grab; }
.hv canvas.over.busy { cursor: grabbing; }
.hv canvas.over.names { cursor: pointer; }
.hv canvas.over.lasso { cursor: crosshair; }
.hv .names button { position: absolute; pointer-events: none; background: none; border: none; padding: 0; border-radius: 14px; }
.hv .names button:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.hv:focus-visible .stage { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 8px; }
.hv .card { position: absolute; pointer-events: none; max-width: 270px; padding: 7px 10px; border-radius: 8px; background: var(--paper); color: var(--ink);
  border: 1px solid var(--line); box-shadow: 0 2px 10px rgba(0,0,0,.22); font-size: 14px; z-index: 3; }
.hv .card b { font-size: 16px; } .hv .card div { opacity: .85; }
.hv .chips { position: absolute; left: 6px; top: 6px; display: flex; flex-direction: column; align-items: flex-start; gap: 4px; max-width: 132px; pointer-events: none; font-size: 13px; line-height: 1.25; }
.hv .chips span { background: var(--soft); border-radius: 10px; padding: 1px 9px; } .hv:fullscreen .chips { max-width: 200px; } .hv .chips button { pointer-events: auto; border-radius: 10px; padding: 0 9px; text-align: left; }
.hv .corner { position: absolute; right: 6px; top: 4px; z-index: 2; }
.hv .bar { display: flex; flex-wrap: wrap; gap: 5px; align-items: center; margin-bottom: 6px; }
.hv button, .hv select, .hv input { font: inherit; color: var(--ink); background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 3px 8px; }
.hv button { cursor: pointer; } .hv button:hover { border-color: var(--accent); } .hv button[aria-pressed=true] { background: var(--accent); color: var(--paper); }
.hv button:disabled { opacity: .4; cursor: default; }
.hv button:focus-visible, .hv select:focus-visible, .hv input:focus-visible, .hv li:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
.hv input[type=search] { width: 100%; background: var(--paper); }
.hv .hits { list-style: none; margin: 4px 0 0; padding: 0; max-height: 210px; overflow: auto; border: 1px solid var(--line); border-radius: 8px; }
.hv .hits:empty { display: none; }
.hv .hits li { padding: 3px 9px; cursor: pointer; display: flex; justify-content: space-between; } .hv .hits li span { opacity: .7; font-size: 13px; }
.hv .hits li[aria-selected=true], .hv .hits li:hover { background: var(--soft); }
.hv h4 { margin: 12px 0 2px; font-size: 19px; overflow-wrap: anywhere; } .hv p { margin: 3px 0; } .hv .small { font-size: 13.5px; opacity: .85; }
.hv table { border-collapse: collapse; width: 100%; font-size: 14px; margin-top: 4px; }
.hv th { text-align: left; font-weight: 600; border-bottom: 1px solid var(--line); } .hv td, .hv th { padding: 2px 5px; }
.hv td:not(.number), .hv li, .hv p, .hv .card { overflow-wrap: anywhere; }
.hv td.number, .hv th.number { text-align: right; font-variant-numeric: tabular-nums; }
.hv .player { display: flex; gap: 6px; align-items: center; margin: 4px 0; } .hv .player input { flex: 1; min-width: 60px; padding: 0; accent-color: var(--accent); }
.hv .path .bar { margin: 6px 0; } .hv .path select { max-width: 100%; } .hv.following .pinned { display: none; }
.hv .layers { max-height: 190px; overflow: auto; position: relative; } .hv .layers tr.here { background: var(--soft); font-weight: 600; }
.hv .pinned { max-height: 190px; overflow: auto; } .hv tbody tr { cursor: pointer; } .hv tbody tr:hover { background: var(--soft); } .hv table.still tr { cursor: default; background: none; } .hv .still td, .hv .still th { padding: 2px; }
.hv .legend { display: flex; flex-wrap: wrap; gap: 1px 11px; margin-top: 4px; font-size: 14px; align-items: center; }
.hv .legend button { background: none; border: none; padding: 1px 3px; display: inline-flex; align-items: center; gap: 5px; }
.hv .legend button[aria-pressed=true] { background: var(--soft); color: var(--ink); outline: 1px solid var(--accent); }
.hv .ramp { display: inline-block; width: 210px; height: 11px; border-radius: 5px; }
.hv .hidden { display: none !important; }
.hv .live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.hv canvas.plot { width: 100%; height: 190px; display: block; cursor: crosshair; border: 1px solid var(--line); border-radius: 8px; margin-top: 4px; }
.hv details { margin-top: 10px; font-size: 14px; } .hv kbd { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; }
`;
