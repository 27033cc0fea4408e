/** The Temporal Web UI as a person uses it: by what its buttons and fields are called. Version 2.42. */
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** What the UI calls a message to a workflow. */
export interface Message {
  readonly name: string;
  /** As it is typed into the form. */
  readonly input: string;
}

export interface Start {
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly type: string;
  readonly input: string;
}

export class WebUiPage {
  constructor(
    readonly page: Page,
    /** Address of the UI, without a slash at its end. */
    private readonly base: string,
  ) {}

  /** From the list, by its button, through the form. */
  async start({ workflowId, taskQueue, type, input }: Start): Promise<void> {
    await this.page.goto(`${this.base}/namespaces/default/workflows`);
    await this.page.getByRole('button', { name: 'Start Workflow' }).click();
    await this.page.getByLabel('Workflow ID').fill(workflowId);
    await this.page.getByLabel('Task Queue').fill(taskQueue);
    await this.page.getByLabel('Workflow Type').fill(type);
    await fillData(this.page.getByRole('main'), input);
    await this.page.getByRole('button', { name: 'Start Workflow' }).click();
    await this.page.getByText('Workflow started successfully').waitFor();
  }

  /** The list with a query for search attributes. */
  async find(query: string): Promise<void> {
    await this.page.goto(`${this.base}/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
    await this.page.getByRole('table', { name: 'Workflows' }).waitFor();
  }

  /** Rows of the list, newest first. */
  rows(): Locator {
    return this.page
      .getByRole('table', { name: 'Workflows' })
      .getByRole('row')
      .filter({ has: this.page.getByRole('cell') });
  }

  /** Opens the first of the rows, and its operator's page. */
  async openFirst(): Promise<void> {
    await this.rows().first().getByRole('link').first().click();
    await this.page.getByRole('tab', { name: 'User Metadata' }).click();
    await this.details().getByRole('heading').first().waitFor();
  }

  /** Current Details, rendered. */
  details(): FrameLocator {
    return this.page.frameLocator('iframe');
  }

  /** By the dialog, as README says. */
  async signal({ name, input }: Message): Promise<void> {
    await this.page.getByRole('button', { name: 'More Actions' }).click();
    await this.page.getByRole('menuitem', { name: 'Send a Signal' }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Send a Signal' });
    await dialog.getByRole('button', { name: 'Select a signal' }).click();
    await this.page.getByRole('option', { name: new RegExp(`^${name} `) }).click();
    await fillData(dialog, input);
    await dialog.getByRole('button', { name: 'Submit' }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** The key R asks the workflow for the newest details. */
  async refresh(): Promise<void> {
    await this.page.keyboard.press('r');
  }
}

/**
 * The editor has no name of its own. It lays its text out once it is left, and what stands below moves: a first click on
 * the button there would miss, so the encoding is chosen first.
 */
async function fillData(form: Locator, input: string): Promise<void> {
  await form.locator('[role=textbox][data-language=json]').fill(input);
  await form.getByText('json/plain').click();
}
