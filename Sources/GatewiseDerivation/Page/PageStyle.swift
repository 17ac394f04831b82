/// The style of a page, in light and dark mode, on large and small screens.
enum PageStyle {
  /// The style sheet of a page with some rules to select, one of which may have blocks.
  static func css(_ choices: [RuleChoice], blocks: Int) -> String {
    let shown = choices.map { "body:has(#choose-\($0.key):checked) .by-rule.rule-\($0.key)" }.joined(separator: ", ")
    func accents(_ color: (RuleChoice) -> String) -> String {
      choices.map { ".rule-\($0.key) { --rule: \(color($0)) }" }.joined(separator: "\n")
    }
    return """
      \(PictureStyle.css(choices))
      :root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --faint: #d1d9e0;
        --card: #f6f8fa; --weight: #bc4c00; --mark: #fff1e5; --value: #c3cbd3 }
      \(accents { $0.color.light })
      @media (prefers-color-scheme: dark) {
      :root { --paper: #0d1117; --ink: #f0f6fc; --muted: #9198a1; --faint: #3d444d;
        --card: #151b23; --weight: #f0883e; --mark: #33210f; --value: #565f6a }
      \(accents { $0.color.dark })
      }
      .by-rule { display: none }
      \(shown) { display: block }
      \(page)
      \(chooser)
      \(stage)
      \(blocks > 1 ? (1...blocks).map(block).joined(separator: "\n") : "")
      \(lines)
      \(phone)
      """
  }

  /// The style of other blocks' errors while one block is selected: hidden, or drawn as values where values take the
  /// same way.
  private static func block(_ number: Int) -> String {
    let others = "body:has(#block-\(number):checked) .in-blocks:not(.block-\(number))"
    return """
      \(others) .line { stroke: var(--value); stroke-dasharray: none; stroke-width: 1.25 }
      \(others) .head, \(others) .label, \(others).beside, \(others).gradient, \(others).place { display: none }
      """
  }

  private static let page = """
    * { box-sizing: border-box }
    body { margin: 0 auto; max-width: 1680px; padding: 40px 24px 96px; background: var(--paper); color: var(--ink);
      font: 16px/1.6 ui-sans-serif, system-ui, sans-serif; -webkit-text-size-adjust: 100% }
    header, .derivation > * { max-width: 760px }
    .kicker { margin: 0 0 4px; color: var(--muted); font-size: 13px; letter-spacing: .06em; text-transform: uppercase }
    h1 { margin: 0 0 16px; font-size: 32px; line-height: 1.35; font-weight: 650; letter-spacing: -.01em }
    .formula-in-title { font-family: Georgia, "Times New Roman", "DejaVu Serif", serif; font-style: italic;
      font-weight: 500 }
    .subject { font-size: 18px }
    h2 { margin: 72px 0 12px; font-size: 24px; line-height: 1.3; border-top: 1px solid var(--faint); padding-top: 32px }
    h3 { margin: 48px 0 8px; font-size: 18px; line-height: 1.3 }
    p { margin: 0 0 12px }
    .lede { color: var(--muted); font-size: 17px }
    code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere }
    math { font-size: 1.08em;
      font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", "DejaVu Math TeX Gyre", math }
    """

  private static let chooser = """
    fieldset { display: flex; flex-wrap: wrap; gap: 8px; margin: 24px 0; padding: 0; border: 0; min-width: 0 }
    legend { padding: 0; margin-bottom: 8px; color: var(--muted); font-size: 13px }
    .choice { display: grid; grid-template-columns: auto 1fr; gap: 0 10px; align-items: baseline;
      padding: 8px 16px 8px 12px; border: 1px solid var(--faint); border-radius: 10px; cursor: pointer }
    .choice input { accent-color: var(--rule); margin: 0; transform: translateY(1px) }
    .choice .name { font-weight: 550 }
    .choice .value { grid-column: 2; color: var(--muted); font-size: 13px; font-variant-numeric: tabular-nums }
    .choice:hover { border-color: var(--muted) }
    .choice:has(:checked) { border-color: var(--rule); box-shadow: inset 0 0 0 1px var(--rule);
      background: var(--card) }
    .choice:has(:focus-visible) { outline: 2px solid var(--rule); outline-offset: 2px }
    .blocks { gap: 6px 18px; margin: 0 0 12px; font-size: 14px }
    .blocks legend { float: left; margin: 0; line-height: 22px }
    .blocks label { cursor: pointer }
    .blocks input { accent-color: var(--rule); margin: 0 6px 0 0; transform: translateY(1px) }
    .blocks span { color: var(--muted); font-size: 13px }
    """

  private static let stage = """
    .stage { display: grid; grid-template-columns: minmax(0, 1fr) clamp(320px, 27vw, 420px); gap: 24px;
      align-items: start }
    figure { margin: 0 }
    .canvas { overflow-x: auto; padding: 4px 0 }
    .canvas svg { display: block; width: 100%; height: auto }
    figcaption ul { margin: 12px 0 0; padding: 0; list-style: none; color: var(--muted); font-size: 14px }
    figcaption li { display: flex; gap: 12px; align-items: baseline; padding: 2px 0 }
    figcaption svg { flex: none }
    .mark { cursor: pointer; outline: none }
    .hit { fill: none; stroke: transparent; stroke-width: 11; pointer-events: stroke }
    .beside .hit { stroke-width: 4 }
    .mark .label { pointer-events: auto }
    .mark.kin .line { stroke-width: 2.4 }
    .mark.shown .line { stroke-width: 3.6 }
    .mark.shown .label { font-weight: 700 }
    .place.shown .node { stroke-width: 3 }
    .mark:focus-visible .hit { stroke: var(--rule); stroke-opacity: .28; stroke-linecap: round }
    .place:focus-visible .node { stroke: var(--rule); stroke-width: 4 }
    .picture .line, .picture .node { transition: stroke-width .12s }
    @media (prefers-reduced-motion: reduce) { .picture .line, .picture .node { transition: none } }
    #panel { position: sticky; top: 16px; max-height: calc(100vh - 32px); overflow: auto; padding: 16px 20px;
      border-radius: 12px; background: var(--card); font-size: 15px }
    #panel .where { margin: 0 0 12px; color: var(--muted); font-size: 13px }
    #panel .hint { margin: 0; color: var(--muted) }
    #panel article { margin: 0; padding: 0; border: 0 }
    #panel details { margin-top: 16px; padding-top: 12px; border-top: 1px solid var(--faint) }
    #panel summary { color: var(--muted); cursor: pointer }
    #panel li.shown, #panel td.shown, #panel th.shown { background: var(--mark) }
    #panel .again dl { display: none }
    #panel .terms { padding-left: 0 }
    #panel .terms li { grid-template-columns: 14px minmax(0, 1fr); min-width: 0; justify-items: start }
    #panel .path { grid-column: 2 }
    #panel .path:empty { display: none }
    #panel math { font-size: 1em }
    #panel dl div { grid-template-columns: 1fr; gap: 0; padding: 4px 0 }
    #panel dt { line-height: 1.5 }
    #panel dd { line-height: 1.5 }
    #panel table { font-size: 12px }
    #panel th, #panel td { padding: 3px 7px }
    #panel th[scope="row"] { position: sticky; left: 0; padding-left: 0; background: var(--card) }
    #panel li.shown { box-shadow: -3px 0 0 var(--weight) }
    """

  private static let lines = """
    .derived { margin: 0 0 8px; padding: 24px 0 16px; border-bottom: 1px solid var(--faint); scroll-margin-top: 16px }
    .formula { overflow-x: auto; padding: 2px 0 6px }
    .left { display: flex; gap: 12px; align-items: center }
    .number { color: var(--muted); font-variant-numeric: tabular-nums; min-width: 34px }
    .terms { margin: 6px 0 0; padding: 0 0 0 46px; list-style: none }
    .terms li { display: grid; grid-template-columns: 14px max-content 1fr; gap: 2px 10px; align-items: center;
      padding: 3px 6px; min-width: max-content; border-radius: 4px }
    .path { color: var(--muted); font-size: 13px }
    .left-out > math { opacity: .5 }
    .left-out { border-left: 2px dashed var(--rule) }
    .left-out b { color: var(--rule); font-weight: 600 }
    dl { margin: 8px 0 12px }
    dl div { display: grid; grid-template-columns: 96px 1fr; gap: 12px; padding: 2px 0 }
    dt { color: var(--muted); font-size: 13px; line-height: 1.9 }
    dd { margin: 0; min-width: 0; overflow-wrap: anywhere }
    .wide { overflow-x: auto }
    table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums }
    th, td { padding: 3px 14px 3px 0; text-align: right; white-space: nowrap; font-weight: 400 }
    td, thead th { padding-left: 8px }
    th[scope="row"] { text-align: left; color: var(--muted) }
    thead th { color: var(--muted); border-bottom: 1px solid var(--faint) }
    .engine td { color: var(--muted) }
    .verdict { margin: 8px 0 0; color: var(--muted); font-size: 13px }
    """

  private static let phone = """
    @media (max-width: 1023px) {
    .stage { display: block }
    #panel { top: auto; bottom: 0; margin: 16px -24px 0; max-height: 46vh; border-radius: 12px 12px 0 0;
      border-top: 1px solid var(--faint) }
    }
    @media (max-width: 600px) {
    body { padding: 24px 16px 64px }
    #panel { margin: 16px -16px 0; padding: 16px }
    h1 { font-size: 25px }
    .choice { width: 100% }
    .terms { padding-left: 12px }
    .terms li { grid-template-columns: 14px max-content }
    .path { grid-column: 2 }
    .path:empty { display: none }
    dl div { grid-template-columns: 1fr; gap: 0 }
    }
    @media print { #panel, .rules { display: none } }
    """
}
