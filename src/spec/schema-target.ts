import { z } from 'zod';
import { checkAuto } from './cross-checks-method';
import { listenerArn, name, ruleArn, targetGroupArn } from './scalars';
import { checkDataSet, dataDetails, dataUrl } from './schema-data';
import { ec2 } from './schema-fleet';
import { checkSource, datasync } from './schema-datasync';
import { existing, route53 } from './schema-records';
import { checkRoads, roadDetails } from './schema-roads';
import { sagemaker } from './schema-sagemaker';
import { variants } from './schema-variants';
import { refuseDuplicates } from './schema-source';
import { EVEN_IF_WRONG, EVEN_IF_WRONG_LIST, strict, supported } from './strict';

/** S3's own minimum for the move to Infrequent Access. */
const INFREQUENT_ACCESS_DAYS_MIN = 30;

export const target = strict({ ec2: ec2.optional(), sagemaker: sagemaker.optional(), existing: existing.optional() })
  .superRefine((kinds, context) => {
    const given = [kinds.ec2, kinds.sagemaker, kinds.existing].filter((kind) => kind !== undefined);
    if (given.length !== 1) context.addIssue('needs exactly one of ec2, sagemaker and existing');
  }, EVEN_IF_WRONG)
  .meta({ oneOf: [{ required: ['ec2'] }, { required: ['sagemaker'] }, { required: ['existing'] }] });

const alb = strict({
  ruleArn: ruleArn.optional().describe("The rule that carries production's traffic."),
  listenerArn: listenerArn.optional().describe('The listener whose default rule carries it.'),
  sourceTargetGroupArn: targetGroupArn.describe('The target group that answers today.'),
})
  .superRefine((router, context) => {
    if ((router.ruleArn === undefined) === (router.listenerArn === undefined))
      context.addIssue('needs exactly one of ruleArn and listenerArn');
  }, EVEN_IF_WRONG)
  .meta({ oneOf: [{ required: ['ruleArn'] }, { required: ['listenerArn'] }] });

export const router = strict({ alb: alb.optional(), route53: route53.optional(), sagemaker: variants.optional() })
  .superRefine((kinds, context) => {
    const given = [kinds.alb, kinds.route53, kinds.sagemaker].filter((kind) => kind !== undefined);
    if (given.length !== 1) context.addIssue('needs exactly one of alb, route53 and sagemaker');
  }, EVEN_IF_WRONG)
  .meta({ oneOf: [{ required: ['alb'] }, { required: ['route53'] }, { required: ['sagemaker'] }] });

const dataSet = strict(
  {
    name,
    from: dataUrl.optional().describe('Left out where datasync.sourceLocation says whence.'),
    to: dataUrl.describe('Its bucket is created: private, encrypted, TLS only, with lifecycle.'),
    method: supported('auto', 'sdk', 'datasync', 'bulk-continuous', 'snowball', 'direct-connect', 'dms').prefault(
      'auto',
    ),
    datasync: datasync.optional(),
    kmsKeyId: name.optional().describe("Key ID, alias or ARN; the account's own S3 key when left out."),
    infrequentAccessAfterDays: z.int().min(INFREQUENT_ACCESS_DAYS_MIN).max(3_650).prefault(INFREQUENT_ACCESS_DAYS_MIN),
    ...dataDetails,
    ...roadDetails,
  },
  { planned: ['lifecycle'] },
)
  .superRefine(checkDataSet, EVEN_IF_WRONG)
  .superRefine(checkSource, EVEN_IF_WRONG)
  .superRefine(checkAuto, EVEN_IF_WRONG)
  .superRefine(checkRoads, EVEN_IF_WRONG);

export const data = z
  .array(dataSet)
  .max(100)
  .superRefine(
    (dataSets, context) =>
      refuseDuplicates(
        dataSets.map((one) => one?.name),
        context,
        'name',
      ),
    EVEN_IF_WRONG_LIST,
  );
