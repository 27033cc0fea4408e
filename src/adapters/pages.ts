/** A listing to its last page. @param next the mark of the page after; undefined or '' at the end. */
export async function everyPage<Page, Item, Mark = string>(
  read: (mark: Mark | undefined) => Promise<Page>,
  items: (page: Page) => readonly Item[] | undefined,
  next: (page: Page) => Mark | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  let mark: Mark | undefined;
  do {
    const page = await read(mark);
    found.push(...(items(page) ?? []));
    mark = next(page);
  } while (mark);
  return found;
}
