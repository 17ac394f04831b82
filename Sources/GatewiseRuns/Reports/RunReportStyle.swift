/// The style sheet of a report.
enum RunReportStyle {
  static let css = """
    \(ChartStyle.css)
    :root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --faint: #d1d9e0;
      --card: #ffffff; --page: #f6f8fa }
    @media (prefers-color-scheme: dark) {
    :root { --ink: #f0f6fc; --muted: #9198a1; --faint: #3d444d; --card: #0d1117; --page: #010409 }
    }
    * { box-sizing: border-box }
    body { margin: 0 auto; padding: 24px 20px 48px; max-width: 1280px; background: var(--page); color: var(--ink);
      font: 15px/1.5 system-ui, sans-serif }
    h1, h2, h3, p, figure { margin: 0; overflow-wrap: anywhere }
    h1 { font-size: 26px; line-height: 1.25 }
    h2 { font-size: 18px; margin: 32px 0 12px }
    h3 { font-size: 14px; margin-bottom: 8px }
    .kicker { color: var(--muted); font-size: 13px }
    section > p { color: var(--muted); max-width: 75ch; margin-bottom: 12px }
    .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 16px }
    figure, table { background: var(--card); border: 1px solid var(--faint); border-radius: 8px }
    figure { padding: 12px 12px 10px; display: flex; flex-direction: column; min-width: 0 }
    figure > svg { display: block; width: 100%; max-width: 480px; height: auto; margin: 0 auto }
    figure > svg polyline { stroke-width: 1.5 }
    figcaption { margin-top: 8px; font-size: 13px; color: var(--muted) }
    .legend { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: 2px 16px }
    .legend svg { margin-right: 6px; vertical-align: middle }
    .legend b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums }
    .scale svg { vertical-align: middle }
    table { border-spacing: 0; border-collapse: separate; width: 100% }
    th, td { padding: 6px 12px; text-align: left; vertical-align: top; overflow-wrap: anywhere }
    th { width: 16em; font-weight: 400; color: var(--muted) }
    tr + tr > * { border-top: 1px solid var(--faint) }
    td { font-variant-numeric: tabular-nums }
    .figures td { font-weight: 600 }
    @media (max-width: 560px) {
    body { padding: 16px 12px 32px }
    th { width: 42% }
    }
    """
}
