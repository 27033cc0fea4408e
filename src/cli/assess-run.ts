/** What `crossfade assess` works with; loaded when it runs. */
export { assess } from '../assess';
export { TABLE_PRICES } from '../domain/hourly-prices';
export { assessHtml } from './assess-html';
export { assessLines } from './assess-text';
